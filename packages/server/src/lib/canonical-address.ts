/** Characters that nobody sees. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu;

/** One spelling for all that look the same to whoever made them: case, width, composition and what is invisible tell no people apart. */
export function canonicalAddress(address: string): string {
  return address.replace(UNSEEN, '').normalize('NFKC').toLowerCase().normalize('NFKC').trim();
}
