// Closures: a lambda that captures, called through a value.
function applyTimes(f, n) {
  let x = 0;
  for (let i = 1; i <= n; i += 1) x = f(x);
  return x;
}
export function run(n) {
  const step = 3;
  return applyTimes((x) => (x + step) % 1000003, n);
}
