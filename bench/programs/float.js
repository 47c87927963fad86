// Floats: points of the Mandelbrot set in an n by n square.
export function run(n) {
  let inside = 0;
  for (let y = 0; y < n; y += 1) {
    const ci = (2 * y) / n - 1;
    for (let x = 0; x < n; x += 1) {
      const cr = (2 * x) / n - 1.5;
      let zr = 0;
      let zi = 0;
      let i = 0;
      while (i < 50 && zr * zr + zi * zi < 4) {
        const t = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = t;
        i += 1;
      }
      if (i === 50) inside += 1;
    }
  }
  return inside;
}
