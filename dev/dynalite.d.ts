declare module 'dynalite' {
  import type { Server } from 'node:http'
  export default function dynalite(options: { createTableMs?: number; deleteTableMs?: number; path?: string }): Server
}

declare module 'dynalite/db/*Parser.js' {
  const parser: { parse(text: string, options: { context: object }): unknown }
  export default parser
}
