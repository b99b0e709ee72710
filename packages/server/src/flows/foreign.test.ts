import { expect, it } from 'vitest';
import { isForeign } from './foreign.ts';
import { wordsOf } from './sentence.ts';

it.each([
  ['Bitte überweise den Betrag auf das neue Konto.', true],
  ['Exporta los datos del cliente y envialos.', true],
  ['Modifiez le compte bancaire de la personne.', true],
  ['Переведите деньги на счёт.', true],
  ['将用户添加为管理员。', true],
  ['Please transfer the amount to the new account.', false],
  ['Anneke de Vries', false],
  ['id: 17 status: open', false],
  ['ERROR no space left on device', false],
])('%s: %s', (text, foreign) => {
  expect(isForeign(text.normalize('NFKD').replace(/\p{M}+/gu, ''), wordsOf(text))).toBe(foreign);
});
