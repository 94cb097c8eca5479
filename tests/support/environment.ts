/** Saves the environment, and returns a function that restores it. The object remains the same: vitest refers to it. */
export function keepEnvironment(): () => void {
  const kept = { ...process.env }
  return () => {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(kept, name)) delete process.env[name]
    Object.assign(process.env, kept)
  }
}
