/** The element of the page with an id, which must be of the type said. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`)
  return found
}

/** A new element with properties of its own and what is in it; text is text, never markup. */
export function createElement<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...content)
  return element
}

/** Tells something in a place that was kept free for it. */
export function setStatus(place: HTMLElement, text: string, tone: 'plain' | 'good' | 'bad' = 'plain'): void {
  place.textContent = text
  place.dataset['tone'] = tone
}
