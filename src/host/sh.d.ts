/** A host script as text; bundled by the build and by the tests alike. */
declare module '*.sh' {
  const text: string;
  export default text;
}
