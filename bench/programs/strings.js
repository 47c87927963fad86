// Strings: lines of comma-separated values built, split and joined.
export function run(n) {
  let text = "";
  for (let i = 1; i <= n; i += 1) text += `name${i},${i * 7};`;
  let total = 0;
  for (const line of text.split(";")) {
    const cells = line.split(",");
    if (cells.length === 2) total += cells[0].toUpperCase().length + Number.parseInt(cells[1], 10);
  }
  return total;
}
