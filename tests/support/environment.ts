/** Keeps the environment as it is, and returns what puts it back. The object itself stays: vitest holds it. */
export function keepEnvironment(): () => void {
  const kept = { ...process.env }
  return () => {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(kept, name)) delete process.env[name]
    Object.assign(process.env, kept)
  }
}
