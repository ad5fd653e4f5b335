import { escapeUnprintable } from '@payout/mapi/text/printable-text'

/** Asks a person at the terminal, who has to say yes. */
export async function isConfirmed(question: string): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts')
  return confirm({ message: escapeUnprintable(question), default: false })
}
