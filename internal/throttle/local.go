package throttle

// This file holds the budget of a process that has no Redis: the same script, on
// tables of its own. It offers the script the few commands of Redis that it uses.

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// local keeps the budget of one process.
type local struct {
	mu     sync.Mutex
	state  *lua.LState
	script *lua.LFunction
	hashes map[string]map[string]string
}

func newLocal() *local {
	l := &local{state: lua.NewState(), hashes: map[string]map[string]string{}}
	chunk, err := parse.Parse(strings.NewReader(askSource), "ask.lua")
	if err != nil {
		panic(err) // it is part of this program
	}
	proto, err := lua.Compile(chunk, "ask.lua")
	if err != nil {
		panic(err)
	}
	l.script = l.state.NewFunctionFromProto(proto)
	redis := l.state.NewTable()
	redis.RawSetString("call", l.state.NewFunction(l.call))
	l.state.SetGlobal("redis", redis)
	return l
}

func (l *local) run(_ context.Context, keys []string, args []any) ([]int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	names, values := l.state.NewTable(), l.state.NewTable()
	for _, key := range keys {
		names.Append(lua.LString(key))
	}
	for _, arg := range args {
		values.Append(lua.LString(fmt.Sprint(arg)))
	}
	l.state.SetGlobal("KEYS", names)
	l.state.SetGlobal("ARGV", values)
	if err := l.state.CallByParam(lua.P{Fn: l.script, NRet: 1, Protect: true}); err != nil {
		return nil, err
	}
	answer := l.state.CheckTable(-1)
	l.state.Pop(1)
	n := make([]int64, answer.Len())
	for i := range n {
		n[i] = int64(lua.LVAsNumber(answer.RawGetInt(i + 1)))
	}
	return n, nil
}

// call is redis.call.
func (l *local) call(s *lua.LState) int {
	reply := s.NewTable()
	key := s.OptString(2, "")
	switch command := s.CheckString(1); command {
	case "TIME":
		now := time.Now().UnixMicro()
		reply.Append(lua.LNumber(now / 1e6))
		reply.Append(lua.LNumber(now % 1e6))
	case "HGETALL":
		for field, value := range l.hashes[key] {
			reply.Append(lua.LString(field))
			reply.Append(lua.LString(value))
		}
	case "HSET":
		if l.hashes[key] == nil {
			l.hashes[key] = map[string]string{}
		}
		l.hashes[key][s.CheckString(3)] = s.CheckString(4)
	case "HDEL":
		delete(l.hashes[key], s.CheckString(3))
	case "PEXPIRE": // the tables end with the process
	default:
		s.RaiseError("the local budget knows no %s", command)
	}
	s.Push(reply)
	return 1
}
