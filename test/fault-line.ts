/**
 * The line that every suite of faults ends with, in one form: what was injected, what of that was survived with all
 * promises kept, and what was not.
 */
export function faultLine(suite: string, injected: number, survived: number): string {
  return `faults in ${suite}: ${injected} injected, ${survived} survived, ${injected - survived} lost`;
}
