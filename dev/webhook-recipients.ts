import * as z from 'zod'
import { busName, targetUrl } from '../lib/config/webhook-schemas.ts'
import { isPublicAddress } from '../lib/core/public-address.ts'

/** The members of an entry that are a text for all deployed stages, or a map by stage. */
const MEMBERS = ['target', 'bus'] as const

type Entry = Readonly<Record<string, unknown>>

const byStage = z.record(z.string(), z.string())

/** An entry with the recipients of one stage. The local run has none, unless the entry names it. */
export function ofStage(entry: Entry, stage: string): Record<string, unknown> {
  const { target, bus, ...others } = entry
  const recipients = Object.entries({ target, bus }).flatMap(([name, value]): [string, unknown][] => {
    const stages = byStage.safeParse(value)
    const own = stages.success ? stages.data[stage] : stage === 'local' ? undefined : value
    return own === undefined ? [] : [[name, own]]
  })
  return { ...others, ...Object.fromEntries(recipients) }
}

/** One line for each invalid recipient of any stage, with its place such as `stripe.target.prod`. */
export const recipientIssues = (name: string, entry: Entry): string[] =>
  MEMBERS.flatMap((member) => {
    const value = entry[member]
    const place = `${name}.${member}`
    if (value === undefined) return []
    const { data: stages } = z.union([z.string().transform((text) => ({ '': text })), byStage]).safeParse(value)
    if (!stages) return [`${place} must be a text, or a map of texts by stage`]
    return Object.entries(stages).flatMap(([stage, text]) => {
      const fault = member === 'target' ? targetFault(text, stage === 'local') : faultOf(busName, text)
      return fault === undefined ? [] : [`${place}${stage && `.${stage}`} ${fault}`]
    })
  })

const faultOf = (schema: z.core.$ZodType, text: string): string | undefined =>
  z.safeParse(schema, text).error?.issues[0]?.message

function targetFault(text: string, isLocal: boolean): string | undefined {
  const fault = faultOf(targetUrl, text)
  if (fault !== undefined || isLocal) return fault
  const { protocol, hostname } = new URL(text)
  if (protocol !== 'https:') return 'must be an https URL: http is for the stage local only'
  const host = hostname.replace(/^\[|\]$|\.$/g, '')
  const isAddress = z.union([z.ipv4(), z.ipv6()]).safeParse(host).success
  return /(?:^|\.)localhost$/.test(host) || (isAddress && !isPublicAddress(host))
    ? 'must have a public address: localhost and private addresses are for the stage local only'
    : undefined
}

/** A line if an entry has recipients for other stages only, perhaps because the name of a stage is misspelt. */
export function missingRecipient(name: string, entry: Entry, stage: string): string[] {
  const { target, bus } = ofStage(entry, stage)
  if (stage === 'local' || target !== undefined || bus !== undefined) return []
  const others = MEMBERS.flatMap((member) => {
    const stages = Object.keys(byStage.safeParse(entry[member]).data ?? {})
    return stages.length > 0 ? [`${member === 'bus' ? 'buses' : 'targets'}: ${stages.join(', ')}`] : []
  })
  return others.length > 0 ? [`${name} has no recipient in stage ${stage} (${others.join('; ')})`] : []
}
