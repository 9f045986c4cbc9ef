/** Runs one thing after the other, in the order asked. One that fails does not stop the next. */
export type Lock = <T>(use: () => Promise<T>) => Promise<T>;

export function createLock(): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return (use) => {
    const mine = last.then(use);
    last = mine.catch(() => {});
    return mine;
  };
}
