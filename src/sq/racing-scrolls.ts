/**
 * Scrolls that clients may write or remove between two questions about one phext. More than that missing from the disk is no race:
 * a disk that was full loses the tail of the file, dozens of scrolls at a time.
 */
export const RACING_SCROLLS = 16;
