// Records: objects made and read.
function move(p, dx) {
  return { x: p.x + dx, y: p.y - 1 };
}
export function run(n) {
  let p = { x: 0, y: 0 };
  for (let i = 1; i <= n; i += 1) p = move(p, i % 7);
  return p.x - p.y;
}
