-- Does one command on one key, whole. A string is kept as its version, a line feed, and its text; the other kinds are Redis's own.
--   KEYS  the key; the last version given to any string
--   ARGV  the command, the kind of value that it is for, and what else the command takes
-- Answers with a word that says what follows, and what follows.
local key, last_version = KEYS[1], KEYS[2]
local command, kind = ARGV[1], ARGV[2]

local holds = redis.call('TYPE', key).ok
if kind ~= 'any' and holds ~= 'none' and holds ~= kind then
    return { 'wrong type', holds }
end

-- Rises also where everything was lost: never below the microseconds since the epoch.
local function next_version()
    local now = redis.call('TIME')
    local micros = now[1] .. string.rep('0', 6 - #now[2]) .. now[2]
    local last = redis.call('GET', last_version)
    -- Both are as long as each other, so that texts compare as numbers do.
    if not last or #last < #micros or (#last == #micros and last < micros) then
        redis.call('SET', last_version, micros)
        return micros
    end
    redis.call('INCR', last_version)
    return redis.call('GET', last_version)
end

local function current()
    local held = redis.call('GET', key)
    if not held then
        return nil, nil
    end
    local at = string.find(held, '\n', 1, true)
    return string.sub(held, 1, at - 1), string.sub(held, at + 1)
end

-- Stores a string; `ttl` is in milliseconds, empty for good, or `keep`.
local function store(value, ttl)
    local version = next_version()
    local held = version .. '\n' .. value
    if ttl == '' then
        redis.call('SET', key, held)
    elseif ttl == 'keep' then
        redis.call('SET', key, held, 'KEEPTTL')
    else
        redis.call('SET', key, held, 'PX', ttl)
    end
    return version
end

-- What Redis says of an addition it will not do.
local function refusal(message)
    if string.find(message, 'overflow', 1, true) then
        return { 'overflow' }
    end
    return { 'not a number' }
end

if command == 'get' then
    local version, value = current()
    if version then
        return { 'value', version, value }
    end
    return { 'none' }
elseif command == 'set' then
    local value, ttl, only_if = ARGV[3], ARGV[4], ARGV[5]
    if (only_if == 'absent' and holds ~= 'none') or (only_if == 'present' and holds == 'none') then
        return { 'none' }
    end
    return { 'stored', store(value, ttl) }
elseif command == 'compare and set' then
    if current() ~= ARGV[5] then
        return { 'none' }
    end
    return { 'stored', store(ARGV[3], ARGV[4]) }
elseif command == 'compare and delete' then
    if current() ~= ARGV[3] then
        return { 'answer', 0 }
    end
    return { 'answer', redis.call('DEL', key) }
elseif command == 'incr' then
    local by, ttl = ARGV[3], ARGV[4]
    local version, value = current()
    -- Lua has no whole numbers of 64 bits; Redis has, in a key of its own.
    local sum = last_version .. ':sum'
    redis.call('SET', sum, value or '0')
    local added = redis.pcall('INCRBY', sum, by)
    local result = redis.call('GET', sum)
    redis.call('DEL', sum)
    if type(added) == 'table' and added.err then
        return refusal(added.err)
    end
    store(result, version and 'keep' or ttl)
    return { 'answer', result }
elseif command == 'expire' then
    if holds == 'none' then
        return { 'answer', 0 }
    end
    if ARGV[3] == '' then
        redis.call('PERSIST', key)
    else
        redis.call('PEXPIRE', key, ARGV[3])
    end
    return { 'answer', 1 }
elseif command == 'native' then
    -- A command of Redis's own on a value of that kind.
    local answer = redis.pcall(ARGV[3], key, unpack(ARGV, 4))
    if type(answer) == 'table' and answer.err then
        if ARGV[3] == 'HINCRBY' then
            return refusal(answer.err)
        end
        return answer
    end
    -- Scripts hear numbers of 64 bits as doubles.
    if ARGV[3] == 'HINCRBY' then
        answer = redis.call('HGET', key, ARGV[4])
    end
    return { 'answer', answer }
end
return redis.error_reply('there is no command ' .. command)
