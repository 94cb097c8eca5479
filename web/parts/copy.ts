import { byId, setStatus } from './dom.ts'

/** How long a button says that it has copied. */
const SAID_MS = 2_000

/** Has each button with `data-copies` copy the text of the element with that id, say so itself, and at `told`. */
export function copyButtons(told: HTMLElement): void {
  for (const button of document.querySelectorAll('button[data-copies]')) {
    button.addEventListener('click', () =>
      copy(byId(button.getAttribute('data-copies') ?? '', HTMLElement), button, told),
    )
  }
}

async function copy(source: HTMLElement, button: Element, told: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(source.textContent ?? '')
    setStatus(told, 'Copied.', 'good')
    say(button, 'Copied')
  } catch {
    // Pages without TLS have no clipboard: the text is selected instead.
    getSelection()?.selectAllChildren(source)
    setStatus(told, 'Selected: copy it with your keyboard or the menu of your browser.')
    say(button, 'Selected')
  }
}

/** Of the button, only the word that is seen: what it copies stands behind that, for those who hear it. */
function say({ firstChild: shown }: Element, word: string): void {
  if (!shown) return
  shown.textContent = word
  setTimeout(() => {
    shown.textContent = 'Copy'
  }, SAID_MS)
}
