import { errorText } from '../setup-error.ts'
import { type DemoOptions, runDemo } from './run-demo.ts'

/** Returns a function that starts the demo, and stops its live box when it is called again. */
export function demoToggle(options: Pick<DemoOptions, 'url' | 'adminToken' | 'realProviders'>): () => void {
  let running: AbortController | undefined
  return () => {
    if (running) {
      running.abort()
      running = undefined
      console.log('The live box of the demo is stopped. Its rows stay.')
      return
    }
    const controller = new AbortController()
    running = controller
    console.log('The demo is starting.')
    const openPage = async (url: string) => (await import('open')).default(url)
    runDemo({ ...options, write: console.log, openPage, stop: 'Press d to stop the live box.' }, controller.signal)
      .catch((error: unknown) => console.error(errorText(error)))
      .finally(() => {
        if (running === controller) running = undefined
      })
  }
}
