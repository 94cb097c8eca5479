import { byId, setStatus } from './dom.ts'

/** How long a button shows that it has copied. */
const FEEDBACK_MS = 2_000

/** Makes each button with `data-copies` copy the text of the element with that id, and report it in `status`. */
export function copyButtons(status: HTMLElement): void {
  for (const button of document.querySelectorAll('button[data-copies]')) {
    button.addEventListener('click', () =>
      copy(byId(button.getAttribute('data-copies') ?? '', HTMLElement), button, status),
    )
  }
}

async function copy(source: HTMLElement, button: Element, status: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(source.textContent ?? '')
    setStatus(status, 'Copied.', 'good')
    showFeedback(button, 'Copied')
  } catch {
    // Pages without TLS have no clipboard: the text is selected instead.
    getSelection()?.selectAllChildren(source)
    setStatus(status, 'Selected: copy it with your keyboard or the menu of your browser.')
    showFeedback(button, 'Selected')
  }
}

/** Changes the visible word of a button for a moment; the hidden text after it is for screen readers. */
function showFeedback({ firstChild: label }: Element, word: string): void {
  if (!label) return
  label.textContent = word
  setTimeout(() => {
    label.textContent = 'Copy'
  }, FEEDBACK_MS)
}
