/** V8 collects earlier: by default, each thread has up to 67 MB of short-lived objects, and a heap that grows fourfold. */
const V8_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=30']
/** By default, glibc keeps what ended threads have freed. */
const MALLOC_ARENA_MAX = '2'

// Imported first, this replaces the process by one with the same id and arguments. Windows cannot do it.
if (process.platform !== 'win32' && process.env['MALLOC_ARENA_MAX'] === undefined) {
  const { execPath, execArgv, argv, env } = process
  const args = [execPath, ...V8_FLAGS, ...execArgv, ...argv.slice(1)]
  process.execve?.(execPath, args, { ...env, MALLOC_ARENA_MAX })
}
