// Node runs TypeScript since 22.18. On Linux, npm installs Node 24 with the packages, and npm scripts use it.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Latchkey needs Node 22.18 or newer; this is ${process.versions.node}. Install a newer one from nodejs.org.`,
  )
  process.exit(1)
}
