import * as z from 'zod/mini'

// Otherwise zod tries whether it may make functions of texts, which the policy of the pages reports as an offence.
z.config({ jitless: true })
