// Lists: the sieve of Eratosthenes.
export function run(n) {
  const composite = [];
  for (let i = 0; i <= n; i += 1) composite.push(false);
  let count = 0;
  for (let i = 2; i <= n; i += 1) {
    if (!composite[i]) {
      count += 1;
      for (let j = i * i; j <= n; j += i) composite[j] = true;
    }
  }
  return count;
}
