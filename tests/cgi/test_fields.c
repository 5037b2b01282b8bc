/*
 * Every field of a poll and of a report, one at a time: absent, right, of a wrong type, too low, too high,
 * too long, given twice.  What is taken is compared as it is stored, what is refused by its words.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"

#define TEN  "aaaaaaaaaa"
#define W64  TEN TEN TEN TEN TEN TEN "aaaa"
#define W65  W64 "a"
#define W128 W64 W64
#define W129 W128 "a"
#define W200 W128 W64 "aaaaaaaa"
#define W201 W200 "a"

struct field_case {
	const char *given, *expected;
};

/* Facts as the query tells them.  What is stored: battery charging signal free slot; versions; attributes. */
static const struct field_case by_query[] = {
	{ "", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "x=", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=0", "0 - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=100", "100 - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=-1", "400 battery must be 0 to 100" },
	{ "battery=101", "400 battery must be 0 to 100" },
	{ "battery=9.5", "9 - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=1e1", "10 - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=080", "80 - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=0.5e-300", "0 - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=100.5", "400 battery must be 0 to 100" },
	{ "battery=-0.5", "400 battery must be 0 to 100" },
	{ "battery=+9", "400 battery must be 0 to 100" },
	{ "battery=9.", "400 battery must be 0 to 100" },
	{ "battery=.9", "400 battery must be 0 to 100" },
	{ "battery=9%20", "400 battery must be 0 to 100" },
	{ "battery=1e99999", "400 battery must be 0 to 100" },
	{ "battery=nan", "400 battery must be 0 to 100" },
	{ "battery=full", "400 battery must be 0 to 100" },
	{ "battery=", "400 battery must be 0 to 100" },
	{ "battery=9223372036854775808", "400 battery must be 0 to 100" },
	{ "battery=1&battery=2", "2 - - - ''; STM32=1_0_0 ; n=1 " },
	{ "battery=1&battery=101", "400 battery must be 0 to 100" },
	{ "charging=0", "- no - - ''; STM32=1_0_0 ; n=1 " },
	{ "charging=1", "- yes - - ''; STM32=1_0_0 ; n=1 " },
	{ "charging=-1", "400 charging must be 0 or 1" },
	{ "charging=2", "400 charging must be 0 or 1" },
	{ "charging=1.0", "- yes - - ''; STM32=1_0_0 ; n=1 " },
	{ "charging=0.5", "400 charging must be 0 or 1" },
	{ "charging=yes", "400 charging must be 0 or 1" },
	{ "charging=0&charging=1", "- yes - - ''; STM32=1_0_0 ; n=1 " },
	{ "signal=-200", "- - -200 - ''; STM32=1_0_0 ; n=1 " },
	{ "signal=200", "- - 200 - ''; STM32=1_0_0 ; n=1 " },
	{ "signal=-201", "400 signal must be in dBm" },
	{ "signal=201", "400 signal must be in dBm" },
	{ "signal=-70.5", "- - -71 - ''; STM32=1_0_0 ; n=1 " },
	{ "signal=-0.0", "- - 0 - ''; STM32=1_0_0 ; n=1 " },
	{ "signal=x", "400 signal must be in dBm" },
	{ "signal=1&signal=2", "- - 2 - ''; STM32=1_0_0 ; n=1 " },
	{ "free=0", "- - - 0 ''; STM32=1_0_0 ; n=1 " },
	{ "free=9223372036854775807", "- - - 9223372036854775807 ''; STM32=1_0_0 ; n=1 " },
	{ "free=-1", "400 free must be a number of bytes" },
	{ "free=1.5e9", "- - - 1500000000 ''; STM32=1_0_0 ; n=1 " },
	{ "free=1e19", "400 free must be a number of bytes" },
	{ "free=x", "400 free must be a number of bytes" },
	{ "free=9223372036854775808", "400 free must be a number of bytes" },
	{ "free=1&free=2", "- - - 2 ''; STM32=1_0_0 ; n=1 " },
	{ "slot=user1", "- - - - 'user1'; STM32=1_0_0 ; n=1 " },
	{ "slot=", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "slot=a%20b", "400 the slot is malformed" },
	{ "slot=" W64, "- - - - '" W64 "'; STM32=1_0_0 ; n=1 " },
	{ "slot=" W65, "400 the slot is malformed" },
	{ "slot=a&slot=b", "- - - - 'b'; STM32=1_0_0 ; n=1 " },
	{ "STM32=1_0_0", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "STM32=", "- - - - ''; STM32= ; n=1 " },
	{ "STM32=%20%201_0_1%20", "- - - - ''; STM32=1_0_1 ; n=1 " },
	{ "STM32=1%200", "- - - - ''; STM32=1 0 ; n=1 " },
	{ "STM32=%20", "- - - - ''; STM32= ; n=1 " },
	{ "STM32=%20" W64, "- - - - ''; STM32=" W64 " ; n=1 " },
	{ "STM32=" W64, "- - - - ''; STM32=" W64 " ; n=1 " },
	{ "STM32=" W65, "400 a version must have at most 64 printable characters" },
	{ "STM32=%c3%a4", "- - - - ''; STM32=ä ; n=1 " },
	{ "STM32=%ff", "400 a version must have at most 64 printable characters" },
	{ "STM32=1&STM32=2", "- - - - ''; STM32=2 ; n=1 " },
	{ "radio=1", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "%20=" W65, "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "components=1", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "attr.hw=B", "- - - - ''; STM32=1_0_0 ; hw=B n=1 " },
	{ "attr.hw=", "- - - - ''; STM32=1_0_0 ; hw= n=1 " },
	{ "attr.hw=" W128, "- - - - ''; STM32=1_0_0 ; hw=" W128 " n=1 " },
	{ "attr.hw=" W129, "400 an attribute is malformed" },
	{ "attr.=1", "400 an attribute is malformed" },
	{ "attr.a%20b=1", "400 an attribute is malformed" },
	{ "attr." W65 "=1", "400 an attribute is malformed" },
	{ "attr.hw=A&attr.hw=B", "- - - - ''; STM32=1_0_0 ; hw=B n=1 " },
	{ "token=x", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "accept=2", "- - - - ''; STM32=1_0_0 ; n=1 " },
	{ "wait=7", "- - - - ''; STM32=1_0_0 ; n=1 " },
};

/* The same as a body; ' stands for ". */
static const struct field_case by_body[] = {
	{ "{}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':0}", "0 - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':100}", "100 - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':-1}", "400 battery must be 0 to 100" },
	{ "{'battery':101}", "400 battery must be 0 to 100" },
	{ "{'battery':'80'}", "80 - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':'9.5'}", "9 - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':'full'}", "400 battery must be 0 to 100" },
	{ "{'battery':''}", "400 battery must be 0 to 100" },
	{ "{'battery':8.5}", "8 - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':1e1}", "10 - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':1e-7}", "0 - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':1e999}", "400 battery must be 0 to 100" },
	{ "{'battery':100.5}", "400 battery must be 0 to 100" },
	{ "{'battery':-0.5}", "400 battery must be 0 to 100" },
	{ "{'battery':true}", "400 battery must be 0 to 100" },
	{ "{'battery':null}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':[1]}", "400 battery must be 0 to 100" },
	{ "{'battery':{}}", "400 battery must be 0 to 100" },
	{ "{'battery':1,'battery':2}", "400 the JSON has duplicate keys" },
	{ "{'battery':9223372036854775808}", "400 battery must be 0 to 100" },
	{ "{'charging':false}", "- no - - ''; STM32=1_0_0 ; " },
	{ "{'charging':true}", "- yes - - ''; STM32=1_0_0 ; " },
	{ "{'charging':0}", "- no - - ''; STM32=1_0_0 ; " },
	{ "{'charging':1}", "- yes - - ''; STM32=1_0_0 ; " },
	{ "{'charging':-1}", "400 charging must be 0 or 1" },
	{ "{'charging':2}", "400 charging must be 0 or 1" },
	{ "{'charging':1.0}", "- yes - - ''; STM32=1_0_0 ; " },
	{ "{'charging':'1'}", "- yes - - ''; STM32=1_0_0 ; " },
	{ "{'charging':0.5}", "400 charging must be 0 or 1" },
	{ "{'charging':'yes'}", "400 charging must be 0 or 1" },
	{ "{'charging':[true]}", "400 charging must be 0 or 1" },
	{ "{'charging':true,'charging':true}", "400 the JSON has duplicate keys" },
	{ "{'signal':-200}", "- - -200 - ''; STM32=1_0_0 ; " },
	{ "{'signal':200}", "- - 200 - ''; STM32=1_0_0 ; " },
	{ "{'signal':-201}", "400 signal must be in dBm" },
	{ "{'signal':201}", "400 signal must be in dBm" },
	{ "{'signal':-70.5}", "- - -71 - ''; STM32=1_0_0 ; " },
	{ "{'signal':'-70'}", "- - -70 - ''; STM32=1_0_0 ; " },
	{ "{'signal':'x'}", "400 signal must be in dBm" },
	{ "{'signal':false}", "400 signal must be in dBm" },
	{ "{'signal':1,'signal':2}", "400 the JSON has duplicate keys" },
	{ "{'free':0}", "- - - 0 ''; STM32=1_0_0 ; " },
	{ "{'free':9223372036854775807}", "- - - 9223372036854775807 ''; STM32=1_0_0 ; " },
	{ "{'free':-1}", "400 free must be a number of bytes" },
	{ "{'free':1e6}", "- - - 1000000 ''; STM32=1_0_0 ; " },
	{ "{'free':'1048576'}", "- - - 1048576 ''; STM32=1_0_0 ; " },
	{ "{'free':9223372036854775808}", "400 free must be a number of bytes" },
	{ "{'free':'x'}", "400 free must be a number of bytes" },
	{ "{'free':true}", "400 free must be a number of bytes" },
	{ "{'free':1,'free':2}", "400 the JSON has duplicate keys" },
	{ "{'slot':'user1'}", "- - - - 'user1'; STM32=1_0_0 ; " },
	{ "{'slot':''}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'slot':null}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'slot':7}", "400 the slot is malformed" },
	{ "{'slot':{}}", "400 the slot is malformed" },
	{ "{'slot':'a b'}", "400 the slot is malformed" },
	{ "{'slot':'" W64 "'}", "- - - - '" W64 "'; STM32=1_0_0 ; " },
	{ "{'slot':'" W65 "'}", "400 the slot is malformed" },
	{ "{'slot':'a','slot':'b'}", "400 the JSON has duplicate keys" },
	{ "{'components':{}}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'components':{'STM32':'1_0_0'}}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'components':{'STM32':''}}", "- - - - ''; STM32= ; " },
	{ "{'components':{'STM32':' 1_0_1 '}}", "- - - - ''; STM32=1_0_1 ; " },
	{ "{'components':{'STM32':'1_0_1\\n'}}", "400 a string holds control characters" },
	{ "{'components':{'STM32':'1_0_1\\u0000'}}", "400 a string holds control characters" },
	{ "{'components':{'STM32':'\\u0000x'}}", "400 a string holds control characters" },
	{ "{'components':{'STM32\\u0000':'1_0_1'}}", "400 a string holds control characters" },
	{ "{'components':{'STM32':1.0}}", "400 versions and attributes must be strings" },
	{ "{'components':{'STM32':null}}", "400 versions and attributes must be strings" },
	{ "{'components':{'STM32':7}}", "400 versions and attributes must be strings" },
	{ "{'components':{'STM32':'" W64 "'}}", "- - - - ''; STM32=" W64 " ; " },
	{ "{'components':{'STM32':'" W65 "'}}", "400 a version must have at most 64 printable characters" },
	{ "{'components':{'STM32':'1','STM32':'2'}}", "400 the JSON has duplicate keys" },
	{ "{'components':{'a b':'" W65 "'}}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'components':{'radio':'1'}}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'components':[]}", "400 components and attributes must be objects" },
	{ "{'components':'STM32'}", "400 components and attributes must be objects" },
	{ "{'components':null}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'components':{'battery':'1'}}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'STM32':'1_0_0'}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'attributes':{'hw':'B'}}", "- - - - ''; STM32=1_0_0 ; hw=B " },
	{ "{'attributes':{'hw':''}}", "- - - - ''; STM32=1_0_0 ; hw= " },
	{ "{'attributes':{'hw':7}}", "400 versions and attributes must be strings" },
	{ "{'attributes':{'hw':'" W128 "'}}", "- - - - ''; STM32=1_0_0 ; hw=" W128 " " },
	{ "{'attributes':{'hw':'" W129 "'}}", "400 an attribute is malformed" },
	{ "{'attributes':{'':'1'}}", "400 an attribute is malformed" },
	{ "{'attributes':{'a b':'1'}}", "400 an attribute is malformed" },
	{ "{'attributes':{'" W65 "':'1'}}", "400 an attribute is malformed" },
	{ "{'attributes':{'hw':'A','hw':'B'}}", "400 the JSON has duplicate keys" },
	{ "{'attributes':[]}", "400 components and attributes must be objects" },
	{ "{'attributes':7}", "400 components and attributes must be objects" },
	{ "{'attributes':null}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'other':[{'battery':101}],'state':'x'}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'slot':'a b','battery':101}", "400 the slot is malformed" },
	{ "{'battery':101,'slot':'a b'}", "400 battery must be 0 to 100" },
	{ "[]", "400 the body must be an object" },
	{ "", "400 the body is empty" },
};

/* The body of /versions. */
static const struct field_case versions[] = {
	{ "{}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'STM32':'1_0_0'}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'STM32':''}", "- - - - ''; STM32= ; " },
	{ "{'STM32':'  1_0_1'}", "- - - - ''; STM32=1_0_1 ; " },
	{ "{'STM32':null}", "400 versions and attributes must be strings" },
	{ "{'STM32':7}", "400 versions and attributes must be strings" },
	{ "{'STM32':'" W64 "'}", "- - - - ''; STM32=" W64 " ; " },
	{ "{'STM32':'" W65 "'}", "400 a version must have at most 64 printable characters" },
	{ "{'STM32':'1','STM32':'2'}", "400 the JSON has duplicate keys" },
	{ "{'radio':'1'}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'a b':'1'}", "- - - - ''; STM32=1_0_0 ; " },
	{ "{'battery':'1'}", "- - - - ''; STM32=1_0_0 ; " },
	{ "[]", "400 the body must be an object" },
	{ "", "400 the body is empty" },
};

/* Reports on an accepted execution.  What is stored: status, state, progress, code, message; number, version. */
static const struct field_case reports[] = {
	{ "{}", "400 state is missing or unknown" },
	{ "{'state':null}", "400 state is missing or unknown" },
	{ "{'state':7}", "400 state is malformed" },
	{ "{'state':''}", "400 state is malformed" },
	{ "{'state':'a b'}", "400 state is malformed" },
	{ "{'state':'flying'}", "400 state is missing or unknown" },
	{ "{'state':'" W64 "'}", "400 state is missing or unknown" },
	{ "{'state':'" W65 "'}", "400 state is malformed" },
	{ "{'state':'failed','state':'failed'}", "400 the JSON has duplicate keys" },
	{ "{'state':'offered'}", "400 state is missing or unknown" },
	{ "{'state':'accepted'}", "200 accepted, 0, 0, ''; -1, 2" },
	{ "{'state':'accepted','identity':'radio'}", "404 the execution has no such component" },
	{ "{'state':'rejected'}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading'}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloaded'}", "200 downloaded, 0, 0, ''; -1, 3" },
	{ "{'state':'installing'}", "200 installing, 0, 0, ''; -1, 3" },
	{ "{'state':'verifying'}", "200 verifying, 0, 0, ''; -1, 3" },
	{ "{'state':'succeeded'}", "200 verifying, 0, 0, ''; -1, 3" },
	{ "{'state':'failed'}", "200 failed, 0, 0, ''; -1, 3" },
	{ "{'state':'canceled'}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'timed_out'}", "400 state is missing or unknown" },
	{ "{'state':'expired'}", "400 state is missing or unknown" },
	{ "{'state':'regressed'}", "400 state is missing or unknown" },
	{ "{'state':'downloading','identity':'STM32'}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','identity':null}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','identity':7}", "400 identity is malformed" },
	{ "{'state':'downloading','identity':''}", "400 identity is malformed" },
	{ "{'state':'downloading','identity':'radio'}", "404 the execution has no such component" },
	{ "{'state':'downloading','identity':'battery'}", "400 identity is malformed" },
	{ "{'state':'downloading','identity':'a b'}", "400 identity is malformed" },
	{ "{'state':'downloading','identity':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",
		"404 the execution has no such component" },
	{ "{'state':'downloading','identity':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}", "400 identity is malformed" },
	{ "{'state':'downloading','identity':'STM32','identity':'STM32'}", "400 the JSON has duplicate keys" },
	{ "{'state':'downloading','progress':0}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','progress':100}", "200 downloading, 100, 0, ''; -1, 3" },
	{ "{'state':'downloading','progress':-1}", "400 progress must be 0 to 100" },
	{ "{'state':'downloading','progress':101}", "400 progress must be 0 to 100" },
	{ "{'state':'downloading','progress':'40'}", "400 progress must be 0 to 100" },
	{ "{'state':'downloading','progress':4.5}", "400 progress must be 0 to 100" },
	{ "{'state':'downloading','progress':true}", "400 progress must be 0 to 100" },
	{ "{'state':'downloading','progress':null}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','progress':1,'progress':2}", "400 the JSON has duplicate keys" },
	{ "{'state':'downloading','code':-2147483648}", "200 downloading, 0, -2147483648, ''; -1, 3" },
	{ "{'state':'downloading','code':2147483647}", "200 downloading, 0, 2147483647, ''; -1, 3" },
	{ "{'state':'downloading','code':-2147483649}", "400 code must be -2147483648 to 2147483647" },
	{ "{'state':'downloading','code':2147483648}", "400 code must be -2147483648 to 2147483647" },
	{ "{'state':'downloading','code':'7'}", "400 code must be -2147483648 to 2147483647" },
	{ "{'state':'downloading','code':false}", "400 code must be -2147483648 to 2147483647" },
	{ "{'state':'downloading','code':null}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','code':1,'code':2}", "400 the JSON has duplicate keys" },
	{ "{'state':'downloading','message':'why'}", "200 downloading, 0, 0, 'why'; -1, 3" },
	{ "{'state':'downloading','message':''}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','message':null}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','message':7}", "400 message is malformed" },
	{ "{'state':'downloading','message':'" W200 "'}", "200 downloading, 0, 0, '" W200 "'; -1, 3" },
	{ "{'state':'downloading','message':'" W201 "'}", "400 message is malformed" },
	{ "{'state':'downloading','message':'a','message':'b'}", "400 the JSON has duplicate keys" },
	{ "{'state':'downloading','message':'a\\u0001'}", "400 a string holds control characters" },
	{ "{'state':'failed\\u0000'}", "400 a string holds control characters" },
	{ "{'state':'downloading','seq':0}", "200 downloading, 0, 0, ''; 0, 3" },
	{ "{'state':'downloading','seq':9223372036854775807}",
		"200 downloading, 0, 0, ''; 9223372036854775807, 3" },
	{ "{'state':'downloading','seq':-1}", "400 seq must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','seq':'1'}", "400 seq must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','seq':1.5}", "400 seq must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','seq':null}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','seq':1,'seq':2}", "400 the JSON has duplicate keys" },
	{ "{'state':'downloading','seq':9223372036854775808}", "400 seq must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','seq':1e2}", "400 seq must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','expected_version':9223372036854775808}",
		"400 expected_version must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','expected_version':0}", "409 accepted, 0, 0, ''; -1, 2" },
	{ "{'state':'downloading','expected_version':2}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','expected_version':-1}",
		"400 expected_version must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','expected_version':'2'}",
		"400 expected_version must be 0 to 9223372036854775807" },
	{ "{'state':'downloading','expected_version':null}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','expected_version':2,'expected_version':2}",
		"400 the JSON has duplicate keys" },
	{ "{'state':'downloading','reason':'mood'}",
		"400 reason must be user, battery, signal, storage, busy or other" },
	{ "{'state':'downloading','failed_files':['a.bin']}", "200 downloading, 0, 0, 'failed: a.bin'; -1, 3" },
	{ "{'state':'downloading','failed_files':['a','b'],'message':'no'}",
		"200 downloading, 0, 0, 'no; failed: a; failed: b'; -1, 3" },
	{ "{'state':'downloading','failed_files':[]}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','failed_files':null}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','failed_files':7}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','failed_files':'a'}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','failed_files':[7,'a']}", "200 downloading, 0, 0, 'failed: a'; -1, 3" },
	{ "{'state':'downloading','failed_files':['" W200 "']}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'downloading','failed_files':['" W128 "','b'],'message':'" W64 "'}",
		"200 downloading, 0, 0, '" W64 "; failed: b'; -1, 3" },
	{ "{'state':'downloading','failed_files':{'x':'a'}}", "200 downloading, 0, 0, 'failed: a'; -1, 3" },
	{ "{'state':'downloading','failed_files':['a'],'failed_files':['b']}",
		"400 the JSON has duplicate keys" },
	{ "{'state':'downloading','other':{'state':7}}", "200 downloading, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':'user'}", "200 rejected, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':'battery'}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':'signal'}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':'storage'}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':'busy'}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':'other'}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':'mood'}",
		"400 reason must be user, battery, signal, storage, busy or other" },
	{ "{'state':'rejected','reason':null}", "200 canceled, 0, 0, ''; -1, 3" },
	{ "{'state':'rejected','reason':7}", "400 reason is malformed" },
	{ "{'state':'rejected','reason':''}", "400 reason is malformed" },
	{ "{'state':'rejected','reason':'" W65 "'}", "400 reason is malformed" },
	{ "{'state':'rejected','reason':'user','reason':'user'}", "400 the JSON has duplicate keys" },
};

enum { DEVICES = 300 };

static struct fixture f;
static int next_device;

static int
begin(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "breaker=off",
		"max_unproven=off", NULL };
	char name[16];

	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_1", NULL, 400);
	for (int i = 0; i < DEVICES; i++) {
		snprintf(name, sizeof name, "D%d", i);
		fixture_device(&f, name, "1_0_0", NULL);
	}
	fixture_plan(&f, "spring", "1_0_1", sets);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* A device that has told nothing yet. */
static const char *
fresh_device(void)
{
	static char name[16];

	assert_true(next_device < DEVICES);
	snprintf(name, sizeof name, "D%d", next_device++);
	return name;
}

/* A body as the tables write it: with ' for ". */
static const char *
body_of(const char *given)
{
	static char ret[1024];
	size_t length = strlen(given);

	assert_true(length < sizeof ret);
	for (size_t i = 0; i <= length; i++)
		ret[i] = given[i] == '\'' ? '"' : given[i];
	return ret;
}

static const struct answer *
ask(const char *method, const char *target, const char *device, const char *body)
{
	char token[64];

	snprintf(token, sizeof token, "token-of-%s-padded", device);
	return fixture_request(&f, method, target, token, body);
}

static const char *
on_one_line(const char *pairs)
{
	char *ret = arena_copy(&f.session.arena, pairs);

	for (char *at = ret; *at; at++)
		if (*at == '\n')
			*at = ' ';
	return ret;
}

/* What is stored of a device, or the refusal. */
static const char *
stored(const struct answer *a, const char *device)
{
	struct arena *arena = &f.session.arena;
	const struct metrics *m;
	struct device d;
	bool found;

	if (a->status != 200)
		return arena_printf(arena, "%d %s", a->status, answer_text(a, "error"));
	assert_int_equal(db_device_find(f.session.db, arena, device, &d, &found, &f.err), ERR_OK);
	m = &d.metrics;
	return arena_printf(arena, "%s %s %s %s '%s'; %s; %s",
		m->has_battery ? arena_printf(arena, "%d", (int)m->battery) : "-",
		m->has_charging ? m->charging ? "yes" : "no" : "-",
		m->has_signal ? arena_printf(arena, "%d", (int)m->signal) : "-",
		m->has_free ? arena_printf(arena, "%lld", (long long)m->free) : "-", m->slot,
		on_one_line(d.components), on_one_line(d.attributes));
}

/* What is stored of a device's execution, or the refusal. */
static const char *
reported(const struct answer *a, int64_t id)
{
	struct arena *arena = &f.session.arena;
	struct execution_component *list;
	struct execution e;
	size_t count;

	if (a->status != 200 && a->status != 409)
		return arena_printf(arena, "%d %s", a->status, answer_text(a, "error"));
	assert_int_equal(db_execution_get(f.session.db, id, &e, &f.err), ERR_OK);
	assert_int_equal(db_execution_component_all(f.session.db, arena, id, &list, &count, &f.err), ERR_OK);
	return arena_printf(arena, "%d %s, %d, %d, '%s'; %lld, %d", a->status,
		execution_state_words[list[0].state], (int)list[0].progress, (int)list[0].code, list[0].message,
		(long long)e.seq, (int)e.version);
}

/* Compare, and go on: one run shows every difference. */
static int
differs(const struct field_case *c, const char *got)
{
	if (!strcmp(got, c->expected))
		return 0;
	print_message("%s\n\tis      \"%s\"\n\tshould be \"%s\"\n", c->given, got, c->expected);
	return 1;
}

static void
every_field_of_a_query(void **state)
{
	int wrong = 0;
	char target[2048];

	(void)state;
	for (size_t i = 0; i < COUNT(by_query); i++) {
		const char *device = fresh_device();

		snprintf(target, sizeof target, "/v1/%s/plan?wait=0&attr.n=1&%s", device, by_query[i].given);
		wrong += differs(&by_query[i], stored(ask("GET", target, device, NULL), device));
	}
	assert_int_equal(wrong, 0);
}

static void
bodies(const char *target_end, const struct field_case *cases, size_t count)
{
	int wrong = 0;
	char target[64];

	for (size_t i = 0; i < count; i++) {
		const char *device = fresh_device();

		snprintf(target, sizeof target, "/v1/%s/%s", device, target_end);
		wrong += differs(&cases[i], stored(ask("POST", target, device, body_of(cases[i].given)), device));
	}
	assert_int_equal(wrong, 0);
}

static void
every_field_of_a_body(void **state)
{
	(void)state;
	bodies("plan?wait=0", by_body, COUNT(by_body));
}

static void
every_version_reported_alone(void **state)
{
	(void)state;
	bodies("versions", versions, COUNT(versions));
}

static void
every_field_of_a_report(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(reports); i++) {
		const char *device = fresh_device();
		char execution[16];

		snprintf(execution, sizeof execution, "%s",
			answer_text(fixture_poll(&f, device, "STM32=1_0_0&accept=1"), "execution"));
		wrong += differs(&reports[i],
			reported(fixture_report(&f, device, execution, body_of(reports[i].given)),
				atoll(execution)));
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_a_query),
		cmocka_unit_test(every_field_of_a_body),
		cmocka_unit_test(every_version_reported_alone),
		cmocka_unit_test(every_field_of_a_report),
	};

	return cmocka_run_group_tests_name("fields", tests, begin, end);
}
