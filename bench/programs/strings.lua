-- Strings: lines of comma-separated values built, split and joined.
local function split(text, by)
  local parts, from = {}, 1
  while true do
    local at = string.find(text, by, from, true)
    if not at then
      parts[#parts + 1] = string.sub(text, from)
      return parts
    end
    parts[#parts + 1] = string.sub(text, from, at - 1)
    from = at + 1
  end
end
return function(n)
  local text = ""
  for i = 1, n do text = text .. "name" .. i .. "," .. (i * 7) .. ";" end
  local total = 0
  for _, line in ipairs(split(text, ";")) do
    local cells = split(line, ",")
    if #cells == 2 then total = total + #string.upper(cells[1]) + math.tointeger(tonumber(cells[2])) end
  end
  return total
end
