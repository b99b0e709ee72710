import type { SqlValue, Statement } from '../storage.ts';
import type { PackedUnits } from './sqlite-protocol.ts';

/** Packs units for the writer thread. SQL crosses over once and goes by its number from then on. */
export class UnitPacker {
  readonly #numbers = new Map<string, number>();

  pack(units: readonly (readonly Statement[])[]): PackedUnits {
    const texts: string[] = [];
    const shape: number[] = [];
    const params: SqlValue[] = [];
    const blobs: number[] = [];
    const contents: Uint8Array[] = [];
    for (const unit of units) {
      shape.push(unit.length);
      for (const statement of unit) {
        shape.push(this.#number(statement.sql, texts), statement.params.length, statement.expect ?? -1);
        for (const value of statement.params) {
          if (value instanceof Uint8Array) {
            blobs.push(params.length, value.length);
            contents.push(value);
            params.push(null);
          } else params.push(value);
        }
      }
    }
    return { texts, shape, params, blobs, bytes: joined(contents) };
  }

  #number(sql: string, texts: string[]): number {
    let number = this.#numbers.get(sql);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(sql, number);
      texts.push(sql);
    }
    return number;
  }
}

/** One unit of a group: where it begins in `shape` and in `params`. */
export interface UnitPlace {
  readonly index: number;
  readonly shape: number;
  readonly params: number;
}

/** On the other side: puts the blobs back into `params`, and finds the units. */
export function unpack({ shape, params, blobs, bytes }: PackedUnits): UnitPlace[] {
  let offset = 0;
  for (let n = 0; n < blobs.length; n += 2) {
    const end = offset + (blobs[n + 1] ?? 0);
    params[blobs[n] ?? 0] = bytes?.subarray(offset, end) ?? new Uint8Array();
    offset = end;
  }
  const places: UnitPlace[] = [];
  let param = 0;
  for (let at = 0; at < shape.length; ) {
    places.push({ index: places.length, shape: at, params: param });
    const end = at + 1 + 3 * (shape[at] ?? 0);
    for (at += 2; at < end; at += 3) param += shape[at] ?? 0;
    at = end;
  }
  return places;
}

function joined(contents: readonly Uint8Array[]): Uint8Array | undefined {
  if (contents.length === 0) return undefined;
  const all = new Uint8Array(contents.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const content of contents) {
    all.set(content, offset);
    offset += content.length;
  }
  return all;
}
