import * as z from 'zod/mini'

// By default zod tests whether `new Function` is allowed, which the pages' policy reports as a violation.
z.config({ jitless: true })
