-- Integer arithmetic in a counted loop.
return function(n)
  local total = 0
  for i = 1, n do
    if i % 3 == 0 then total = total + i * 2 else total = total + i - 1 end
    if total > 1000000000 then total = total - 1000000000 end
  end
  return total
end
