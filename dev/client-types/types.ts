import openapiTS, { astToString } from 'openapi-typescript'
import { descriptionText } from '../assets.ts'

const HEAD = `// Made of the API description by: node dev/check-description.ts --write
// biome-ignore-all format: as openapi-typescript writes it
// biome-ignore-all lint: as openapi-typescript writes it

`

/** Types of the API for clients in TypeScript, such as openapi-fetch. */
export const clientTypes = async (): Promise<string> => HEAD + astToString(await openapiTS(descriptionText()))
