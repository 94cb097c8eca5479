import { byId, tell } from './dom.ts'

/** Has each button with `data-copies` copy the text of the element with that id, and tell so at `told`. */
export function copyButtons(told: HTMLElement): void {
  for (const button of document.querySelectorAll('button[data-copies]')) {
    button.addEventListener('click', () => copy(byId(button.getAttribute('data-copies') ?? '', HTMLElement), told))
  }
}

async function copy(source: HTMLElement, told: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(source.textContent ?? '')
    tell(told, 'Copied.', 'good')
  } catch {
    // Pages without TLS have no clipboard: the text is selected instead.
    getSelection()?.selectAllChildren(source)
    tell(told, 'Selected: copy it with your keyboard or the menu of your browser.')
  }
}
