// Integer arithmetic in a counted loop.
export function run(n) {
  let total = 0;
  for (let i = 1; i <= n; i += 1) {
    if (i % 3 === 0) total += i * 2;
    else total += i - 1;
    if (total > 1000000000) total -= 1000000000;
  }
  return total;
}
