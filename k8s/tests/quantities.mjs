const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const NANO = 10n ** 9n;

/** Billionths of a quantity: "1.5Gi", "500m", "2". The forms with an exponent ("1e3") are not known here. */
function billionths(text) {
  const [, sign, whole, fraction = '', suffix] = /^(-?)(\d+)(?:\.(\d{1,9}))?([a-zA-Z]*)$/.exec(text) ?? [];
  if (whole === undefined || !(decimal.includes(suffix) || binary.includes(suffix)))
    throw new Error(`${text} is no quantity`);
  const digits = BigInt(whole) * NANO + BigInt(fraction.padEnd(9, '0'));
  const scaled = binary.includes(suffix)
    ? digits * 1024n ** BigInt(binary.indexOf(suffix))
    : (digits * 1000n ** BigInt(decimal.indexOf(suffix))) / NANO;
  return sign ? -scaled : scaled;
}

/**
 * A quantity in the one form in which the API server stores it: no fraction, and the largest suffix with which there is none
 * (apimachinery, resource.Quantity.CanonicalizeBytes). "0.5" becomes "500m", "10000" "10k", "1024Mi" "1Gi".
 */
export function canonical(quantity) {
  const text = String(quantity);
  const value = billionths(text);
  const isBinary = /i$/.test(text) && value >= 1024n * NANO;
  const [suffixes, step, unit] = isBinary ? [binary, 1024n, NANO] : [decimal, 1000n, 1n];
  let exponent = 0;
  let number = value / unit;
  while (number !== 0n && exponent < suffixes.length - 1 && number % step === 0n) {
    number /= step;
    exponent++;
  }
  return value === 0n ? '0' : `${number}${suffixes[exponent]}`;
}
