/** Builds the lab's SQ stand-in to `outfile`, executable. */
export function buildStandIn(outfile: string): Promise<void>;
