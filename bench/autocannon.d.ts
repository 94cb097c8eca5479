declare module 'autocannon' {
  namespace autocannon {
    interface Request {
      method?: 'GET' | 'POST'
      path?: string
      headers?: Record<string, string>
      body?: string
      /** Called before each request; returns the request to send. */
      setupRequest?: (request: Request) => Request
      onResponse?: (status: number, body: string) => void
    }

    interface Options {
      url: string
      /** Seconds, unless there is an `amount` of requests. */
      duration?: number
      amount?: number
      connections: number
      /** Milliseconds; a run ends at a multiple of them. */
      sampleInt?: number
      requests: Request[]
    }

    interface Result {
      errors: number
      timeouts: number
      non2xx: number
      resets: number
    }

    interface Run extends Promise<Result> {
      on(
        event: 'response',
        listener: (client: unknown, status: number, bytes: number, milliseconds: number) => void,
      ): void
    }
  }

  /** Each connection sends its next request as soon as it receives the response to the last one. */
  function autocannon(options: autocannon.Options): autocannon.Run
  export = autocannon
}
