/** The element with an id; throws if it is missing or has another type. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const element = document.getElementById(id)
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} #${id}`)
  return element
}

/** Creates an element with properties and content. Strings become text, never markup. */
export function createElement<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...content)
  return element
}

/** Shows a message in a place that the page reserves for it. */
export function setStatus(place: HTMLElement, text: string, tone: 'plain' | 'good' | 'bad' = 'plain'): void {
  place.textContent = text
  place.dataset['tone'] = tone
}
