-- Closures: a lambda that captures, called through a value.
local function apply_times(f, n)
  local x = 0
  for _ = 1, n do x = f(x) end
  return x
end
return function(n)
  local step = 3
  return apply_times(function(x) return (x + step) % 1000003 end, n)
end
