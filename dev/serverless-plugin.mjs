// osls loads plugins by .js, .cjs or .mjs only.
export { LatchkeyPlugin as default } from './plugin.ts'
