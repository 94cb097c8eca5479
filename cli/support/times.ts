/** A time ago as the API writes it: `24h` becomes `-24h`. Other texts are returned unchanged. */
export const toApiTime = (text: string): string => text.replace(/^(?=\d{1,9}(?:s|m|min|h|d|w)$)/, '-')
