/* The table of kernel features, and the words of --features. */
#include <ringside/feature.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#define BIT(id) (1u << (id))

static_assert(FEATURE_COUNT <= 32, "a request is a word of bits");

const struct feature features[FEATURE_COUNT] = {
	[FEATURE_MULTISHOT_ACCEPT] = {
		.name = "multishot_accept", .standard = true,
		.gain = "one submission accepts every connection that comes",
		.kernel = "5.19", .proof = "accepts on a UNIX socket and stays armed",
	},
	[FEATURE_MULTISHOT_RECEIVE] = {
		.name = "multishot_receive", .standard = true, .vital = true,
		.needs = BIT(FEATURE_BUFFER_RING),
		.gain = "one submission receives all that a connection sends",
		.kernel = "6.0", .proof = "receives on a socket pair and stays armed",
	},
	[FEATURE_BUFFER_RING] = {
		.name = "buffer_ring", .standard = true, .vital = true,
		.gain = "the kernel picks a buffer when data comes, not when a receive is armed",
		.kernel = "5.19", .proof = "receives into a buffer of a registered ring",
	},
	[FEATURE_INCREMENTAL] = {
		.name = "incremental",
		/* Only the order of completions says where in the buffer a piece is. */
		.needs = BIT(FEATURE_BUFFER_RING) | BIT(FEATURE_MULTISHOT_RECEIVE),
		.excludes = BIT(FEATURE_RECEIVE_BUNDLE),
		.gain = "a buffer is filled bit by bit by several receives",
		.kernel = "6.12", .proof = "two receives share a buffer",
	},
	[FEATURE_RECEIVE_BUNDLE] = {
		.name = "receive_bundle", .needs = BIT(FEATURE_BUFFER_RING),
		.gain = "one receive fills several buffers",
		.kernel = "6.17", .proof = "a receive spans two buffers",
	},
	[FEATURE_SEND_BUNDLE] = {
		.name = "send_bundle", .excludes = BIT(FEATURE_ZERO_COPY),
		.gain = "one send takes all queued buffers from a ring of its connection",
		.kernel = "6.10", .proof = "a send takes two buffers",
	},
	[FEATURE_DEFER_TASKRUN] = {
		.name = "defer_taskrun", .standard = true,
		.gain = "completions are made when the loop asks for them (with SINGLE_ISSUER)",
		.kernel = "6.1", .proof = "a ring is set up with it",
	},
	[FEATURE_COOP_TASKRUN] = {
		.name = "coop_taskrun", .standard = true,
		.gain = "no interrupt to make completions while the loop is busy",
		.kernel = "5.19", .proof = "a ring is set up with it",
	},
	[FEATURE_NO_SQARRAY] = {
		.name = "no_sqarray", .standard = true,
		.gain = "the submission ring without its index array",
		.kernel = "6.6", .proof = "a ring is set up with it",
	},
	[FEATURE_REGISTERED_RING] = {
		.name = "registered_ring", .standard = true,
		.gain = "io_uring_enter without looking up the ring's descriptor",
		.kernel = "5.18", .proof = "a ring is entered through its registered index",
	},
	[FEATURE_DIRECT] = {
		.name = "direct",
		.gain = "accepted connections live in the ring's file table, not the process's",
		.kernel = "5.19", .proof = "accepts into a sparse table",
	},
	[FEATURE_ZERO_COPY] = {
		.name = "zero_copy",
		.gain = "large sends without a copy (on loopback the copy is made all the same)",
		.kernel = "6.0", .proof = "a send to a UDP socket is notified",
	},
	[FEATURE_SQPOLL] = {
		.name = "sqpoll",
		.excludes = BIT(FEATURE_DEFER_TASKRUN) | BIT(FEATURE_COOP_TASKRUN) |
			    BIT(FEATURE_QUIET_SEND),
		.gain = "a kernel thread submits; it takes a CPU of its own",
		.kernel = "5.11", .proof = "its thread sends to a socket",
	},
	[FEATURE_MIN_WAIT] = {
		.name = "min_wait",
		.gain = "waits for several completions, for a bounded time: rate for latency",
		.kernel = "6.12", .proof = "a wait with a minimum times out",
	},
	[FEATURE_NAPI] = {
		.name = "napi",
		.gain = "polls the network card before sleeping (nothing to poll on loopback)",
		.kernel = "6.9", .proof = "registers with a ring",
	},
	[FEATURE_HUGE_PAGES] = {
		.name = "huge_pages", .epoll = true,
		.gain = "buffers on huge pages: fewer TLB misses, slower start",
		.kernel = "2.6.38", .proof = "a mapping gets one",
	},
	[FEATURE_POLL_FIRST] = {
		.name = "poll_first",
		.gain = "no first attempt on a socket that is empty as a rule",
		.kernel = "5.19", .proof = "a receive with it succeeds",
	},
	[FEATURE_PLAIN_SEND] = {
		.name = "plain_send", .standard = true,
		.excludes = BIT(FEATURE_SEND_BUNDLE) | BIT(FEATURE_ZERO_COPY) | BIT(FEATURE_DIRECT),
		.gain = "send(2) from the loop: for few replies and bulk; by name, for all",
		.kernel = "any", .proof = "always there",
	},
	[FEATURE_QUIET_SEND] = {
		.name = "quiet_send", .standard = true,
		.gain = "a send that ends at once, and wholly, makes no completion",
		.kernel = "6.1", .proof = "a full socket says to the byte what it took",
	},
	[FEATURE_LARGE_BUFFERS] = {
		.name = "large_buffers", .standard = true, .epoll = true,
		.gain = "streams that fill their buffer move to large ones",
		.kernel = "any", .proof = "always there",
	},
	[FEATURE_GRO] = {
		.name = "gro", .epoll = true,
		.gain = "runs of datagrams from one peer arrive as one",
		.kernel = "5.0", .proof = "a UDP socket takes the option",
	},
	[FEATURE_GSO] = {
		.name = "gso", .standard = true, .epoll = true,
		.gain = "runs of answers to one peer leave as one",
		.kernel = "4.18", .proof = "a UDP socket takes the option",
	},
	[FEATURE_DEPARTURES] = {
		.name = "departures", .vital = true,
		.gain = "tells when what was sent has left (epoll reads error queues)",
		.kernel = "6.17", .proof = "a datagram's time comes back by its name",
	},
	[FEATURE_RESTRICTIONS] = {
		.name = "restrictions", .standard = true,
		.gain = "the ring does what the engine needs, and nothing else (security.md)",
		.kernel = "5.10", .proof = "a ring refuses what it was not told to allow",
	},
};

static int find(const char *name, size_t length)
{
	for (int id = 0; id < FEATURE_COUNT; id++) {
		if (strncmp(features[id].name, name, length) == 0 &&
		    features[id].name[length] == '\0')
			return id;
	}
	return -EINVAL;
}

static bool is_word(const char *name, size_t length, const char *word)
{
	return strlen(word) == length && strncmp(name, word, length) == 0;
}

/* The bits that a word (without its sign) stands for; 0: unknown. */
static uint32_t bits_of(const char *name, size_t length)
{
	int id;

	if (is_word(name, length, "all"))
		return (uint32_t)((1ull << FEATURE_COUNT) - 1);
	id = find(name, length);
	return id < 0 ? 0 : BIT(id);
}

static bool apply(const char *word, size_t length, struct feature_request *request)
{
	uint32_t bits;

	if (is_word(word, length, "none")) {
		*request = (struct feature_request){ .off = bits_of("all", 3) };
		return true;
	}
	if (length < 2 || (word[0] != '+' && word[0] != '-'))
		return false;
	bits = bits_of(word + 1, length - 1);
	if (word[0] == '+') {
		request->on |= bits;
		request->off &= ~bits;
	} else {
		request->off |= bits;
		request->on &= ~bits;
	}
	return bits != 0;
}

int feature_request_parse(const char *text, struct feature_request *request, const char **ret_word,
			  size_t *ret_length)
{
	struct feature_request parsed = *request;

	for (const char *word = text;; word++) {
		size_t length = strcspn(word, ",");

		if (!apply(word, length, &parsed)) {
			*ret_word = word;
			*ret_length = length;
			return -EINVAL;
		}
		word += length;
		if (*word == '\0')
			break;
	}
	*request = parsed;
	return 0;
}
