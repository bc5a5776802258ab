// Written by web/protocol.py from bidroom/words.py. Don't edit.

export const WORDS = {
} as const
