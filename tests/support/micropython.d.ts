declare module '@micropython/micropython-webassembly-pyscript/micropython.mjs' {
  interface MicroPython {
    registerJsModule(name: string, members: object): void
    /** Throws the error of the program. */
    runPython(program: string): void
  }
  export function loadMicroPython(options: { stdout(line: string): void }): Promise<MicroPython>
}
