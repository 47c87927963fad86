-- Runs one Lua program: lua.lua PROGRAM N. Prints {"ms": ..., "result": ...} of the second call.
local run = dofile(arg[1])
local size = math.tointeger(tonumber(arg[2]))
run(size)
local started = os.clock()
local result = run(size)
print(string.format('{"ms": %.3f, "result": %d}', (os.clock() - started) * 1000, result))
