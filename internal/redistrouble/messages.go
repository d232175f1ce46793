// This file holds the sentences about Redis in trouble.

package redistrouble

// The troubles of a Redis.
var (
	full    = Trouble{"Redis is full (OOM)", "give it more memory (maxmemory), or delete other applications' data"}
	replica = Trouble{"this Redis is a replica and takes no writes (READONLY)", "set REDIS_URL to the primary"}
	cluster = Trouble{"this Redis is part of a cluster, which is not supported", "set REDIS_URL to a single primary"}
	loading = Trouble{"Redis is still reading its data (LOADING)",
		"try again when it has read them; a running worker waits for it"}
	noPassword    = Trouble{"Redis wants a password (NOAUTH)", "put it into REDIS_URL (redis://:PASSWORD@host)"}
	wrongPassword = Trouble{"Redis does not accept the user or the password of REDIS_URL", "correct them"}
	noRights      = Trouble{"the user of REDIS_URL may not use a command that is needed (NOPERM)",
		"allow it all commands on all keys and channels"}
	noDatabase = Trouble{"this Redis has no database of the number at the end of REDIS_URL",
		"write /0, or raise databases in redis.conf"}
	noDisk         = Trouble{"Redis cannot write to its disk (MISCONF)", "free some space, and read its log"}
	noReplication  = Trouble{"Redis does not reach its replicas or its primary", "check its replication"}
	otherTime      = Trouble{"the clocks of this machine and of Redis' machine are too far apart", "set both by NTP"}
	busy           = Trouble{"Redis is busy with another client's script", "wait, or end the script with redis-cli SCRIPT KILL"}
	tooManyClients = Trouble{"Redis takes no more connections", "raise maxclients, or start fewer workers"}
	noRedis        = Trouble{"what answers at the address in REDIS_URL is no Redis", "set its host and port to those of a Redis"}
)

// Unreachable is the trouble of a Redis to which there is no connection.
var Unreachable = Trouble{"Redis cannot be reached", "start it, or check REDIS_URL and the network"}
