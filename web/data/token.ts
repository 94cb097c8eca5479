/** The token, kept for this tab if the user wants it: a reload does not ask for it again. */

const KEY = 'latchkey-token'

export const keptToken = (): string => sessionStorage.getItem(KEY) ?? ''
export const keepToken = (token: string): void => sessionStorage.setItem(KEY, token)
export const forgetToken = (): void => sessionStorage.removeItem(KEY)
