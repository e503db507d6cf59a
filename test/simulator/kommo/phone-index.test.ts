import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  CALL_DIGITS,
  createPhoneIndex,
  POPUP_DIGITS,
} from "../../../src/simulator/kommo/state/phone-index.ts";

const phone = (value: string) => ({ value, isPhone: true });

test("section 0: calls compare ten digits, popups eight, query seven anywhere", () => {
  const index = createPhoneIndex();
  index.add(1, phone("+351 912 000 111"));

  expect(index.endingLike("001912000111", CALL_DIGITS)).toEqual([1]);
  expect(index.endingLike("002912000111", CALL_DIGITS)).toEqual([]);
  expect(index.endingLike("999912000111", POPUP_DIGITS)).toEqual([1]);
  expect(index.endingLike("999902000111", POPUP_DIGITS)).toEqual([]);
  expect(index.containing("5191200")).toEqual([1]);
  expect(index.containing("9990005191200")).toEqual([1]);
  expect(index.containing("5191201")).toEqual([]);
});

test("an e-mail with many digits is found by query and never called", () => {
  const index = createPhoneIndex();
  index.add(1, { value: "client9120001110@acme.example", isPhone: false });

  expect(index.containing("9120001")).toEqual([1]);
  expect(index.endingLike("9120001110", CALL_DIGITS)).toEqual([]);
});

test("leading zeros count, and a number without digits is nobody's", () => {
  const index = createPhoneIndex();
  index.add(1, phone("0123"));
  index.add(2, phone("withheld"));

  expect(index.endingLike("123", CALL_DIGITS)).toEqual([]);
  expect(index.endingLike("0123", CALL_DIGITS)).toEqual([1]);
  expect(index.endingLike("", CALL_DIGITS)).toEqual([]);
});

test("whatever is added and taken away again leaves nothing behind", () => {
  const numbers = fc.array(fc.stringMatching(/^[0-3]{0,14}$/), { maxLength: 8 });
  fc.assert(
    fc.property(numbers, fc.stringMatching(/^[0-3]{7,14}$/), (added, kept) => {
      const index = createPhoneIndex();
      index.add(99, phone(kept));

      for (const [card, value] of added.entries()) index.add(card, phone(value));
      for (const [card, value] of added.entries()) index.remove(card, phone(value));

      expect(index.endingLike(kept, CALL_DIGITS)).toEqual([99]);
      expect(index.containing(kept)).toEqual([99]);
    }),
  );
});
