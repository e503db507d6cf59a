/**
 * Numbers at a premium rate, as far as national plans tell them by their first digits. Not complete,
 * as no such list is: what must be safe is said by `originate.allow`.
 * @source google/libphonenumber, metadata of November 2026: the first digits of the type PREMIUM_RATE of
 * each country; what DEARER adds is said there. ITU-T E.164 for what belongs to no country.
 */
import { abroadPrefixOf, longestNational } from "./home-country.ts";

/** 979 premium, 870 and 881 to 883 satellites and networks. */
const WORLDWIDE = ["979", "870", "881", "882", "883"];

/** First digits behind the country code and the national prefix. */
const NATIONAL: Readonly<Record<string, string>> = {
  ...{ "1": "900", "7": "803 809", "20": "900", "27": "862 863 864 865 866 867 868 869 90 91 92" },
  ...{ "30": "901 909", "31": "900 906 909", "32": "702 703 704 706 707 90" },
  "33": "812 813 814 815 816 817 818 819 822 823 824 827 828 829 83 85 86 880 881 882 883 885 886 887 888 889 89",
  ...{ "34": "803 806 807", "36": "90 91", "39": "0878 144 163 164 166 892 893 894 895 899" },
  ...{ "40": "900 901 903 906", "41": "900 901 906" },
  "43": "862 863 864 865 866 868 892 893 894 895 896 898 900 901 930 931 939",
  ...{ "44": "842 843 844 845 870 871 872 873 90 91 98", "45": "90", "46": "649 900 939 944 99" },
  ...{ "47": "820 829", "48": "700 701 703 704 706 707 708", "49": "1377 1378 1379 900" },
  ...{ "51": "805", "52": "900", "54": "600 604 605 607 609", "55": "500 900" },
  ...{ "57": "1900 1901 1947 1948 901", "58": "900 901", "61": "190", "64": "90", "65": "1900" },
  ...{ "81": "990", "82": "60", "84": "1900", "90": "888 898 900", "92": "900" },
  ...{ "351": "601 607 608 646 648 760 761 762", "352": "900 901 905", "353": "15" },
  ...{ "355": "900", "357": "900 909", "358": "600 700", "359": "90" },
  ...{ "370": "900 902 903 909 910", "371": "90", "372": "900", "373": "900 905 906" },
  ...{ "374": "900 901 906", "375": "810 902", "380": "900", "381": "78 900 901 906 909" },
  ...{ "385": "60 61 64 65 69", "386": "891 892 893 90", "387": "90 92 94 96" },
  ...{ "420": "900 905 906 908 909 976", "421": "900 97 98", "503": "900", "506": "900 905 909" },
  ...{ "507": "900", "598": "90", "961": "90 91", "966": "925", "971": "900" },
  ...{ "972": "1200 1212 190 1919 199", "994": "900200" },
};

/**
 * Dear, though libphonenumber has them under another type or not at all.
 * @source FCC: 976 exchanges; Ofcom: 070 personal numbers; AGCOM: 199; CNMC: 905, 907 and 118; BNetzA:
 * 137 mass traffic and 118 enquiries; SUBTEL: 700
 */
const DEARER: Readonly<Record<string, string>> = {
  ...{ "1": "976", "34": "905 907 118", "39": "199", "44": "70", "49": "137 118", "56": "700" },
};

/** Of Europe, and of no country anything else. */
const ANYWHERE = /^(?:0900|0190)\d+$/;
/** Of North America: elsewhere they may be mobile telephones. */
const UNKNOWN_COUNTRY = /^(?:1?900[2-9]\d{6}|1?976\d{4,7})$/;

/** @param spelt digits, with or without a plus; `countryCode`: where it is dialled */
export function isPremium(spelt: string, countryCode: string | undefined): boolean {
  const digits = spelt.startsWith("+")
    ? spelt.slice(1)
    : spelt.slice(abroadPrefixOf(spelt, countryCode).length);
  const isWhole = digits !== spelt;
  if (isWhole && WORLDWIDE.some((prefix) => digits.startsWith(prefix))) return true;
  // With its country in front; a number with more digits than those of the country has one.
  if (isWhole || digits.length > longestNational(countryCode))
    if (CODES.some((code) => digits.startsWith(code) && isDear(code, digits.slice(code.length))))
      return true;
  if (!isWhole && ANYWHERE.test(digits)) return true;
  if (countryCode === undefined) return !isWhole && UNKNOWN_COUNTRY.test(digits);
  if (isWhole || digits.startsWith(countryCode)) return false;
  const prefix = countryCode === "7" ? /^8(?=\d{10}$)/ : countryCode === "1" ? /^1/ : /^0/;
  // In Italy the zero is a part of the number.
  return isDear(countryCode, digits.replace(prefix, "")) || isDear(countryCode, digits);
}

const CODES = Object.keys({ ...NATIONAL, ...DEARER });
const PREFIXES: ReadonlyMap<string, readonly string[]> = new Map(
  CODES.map((code) => [code, `${NATIONAL[code] ?? ""} ${DEARER[code] ?? ""}`.trim().split(/ +/)]),
);

const isDear = (code: string, national: string): boolean =>
  (PREFIXES.get(code) ?? []).some((prefix) => national.startsWith(prefix));
