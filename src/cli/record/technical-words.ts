/**
 * Asterisk's and FreePBX's own words. In a recorded value every other word is replaced: a name that
 * a dialplan puts into a variable looks like any other word, and only these can be known not to be one.
 * Words that are also given names or surnames are not in it.
 */

const WORDS = `
all and are the for from with without not none yes true false null unknown anonymous restricted
unavailable withheld undefined default custom other auto force reset skip success failed failure
error invalid missing enabled disabled active inactive available avail limit number num count list
name result reason response request status state states message mode type time date year month day
now second seconds minute hour test lab example local localhost com net org
pjsip sip sips iax dahdi dongle quectel motif console agent surrogate announcer recorder snoop
bridge cbann cbrec websocket wss tls udp tcp rtp srtp rtcp channel chan channels tech endpoint
endpoints contact contacts aor aors trunk trunks peer peers device devices registered registration
unregistered reachable unreachable created removed reloaded reload uri header headers
hdr agi fastagi ari ami asterisk pbx manager module modules core system systemname uniqueid linkedid
linked ring ringing rings busy down dialing up hold unhold inuse idle ringinuse
answer answered noanswer cancel cancelled canceled congestion chanunavail continue abort torture
dontcall nobody queued progress proceeding normal clearing user allocated unallocated rejected
reject destination out order temporary interworking unspecified network originate originated
internal external outgoing incoming inbound outbound direct did pstn zaptel did ext exten extens
extension extensions context macro sub gosub func apps app dial dialstatus dialparties dialplan
exec goto gotoif gosubif execif macroexit return while endwhile set mset noop wait waitexten hangup
hangupcause hungup playback background read verbose log answerme playtones stopplaytones progress
queue queues member members local optimization parked parking park parkedcalls parkinglot pickup
pickupmark conference conferences confbridge meetme room voicemail vmail inbox msg unavail greet
beep monitor mixmonitor mixmon record recording recordings recordingfile callfilename recordcheck
rec wav gsm mp ulaw alaw opus spool var lib opt usr sbin etc tmp home srv mnt sounds
transfer transfers transferer transferee blind attended refer referred replaces forward forwarded
redirect followme follow findme group groups ringgroup ringgroups ringall hunt huntmember huntmembers
memoryhunt firstavailable firstnotonphone linear rrmemory random leastrecent fewestcalls strategy
ivr announce announcement app misc timecondition timeconditions daynight callback disa dnd block
blacklist blacklisted blkvm cf cfb cfu cfignore cwignore cw callwaiting callforward
fmgrp fmgl fmpr fmprime fmunique hhttr hhttrm hhttru hhttri hhttrib hhttrb hhttrii
screened allowed prohib passed presentation pres callerid calleridnum calleridname cid cnum cnam
ampuser ampusercid ampusercidname fromexten fromdid fromqueue dstring dexten dsc realcalleridnum
keepcid ttl nodest signore nodialplan mohclass music musicclass moh
basic simple softmix native holding mixing multimix dummy proxy media core
initialized inited started stopped begin end start stop theend final finish pause paused unpaused
crm lead click step xfer line cdr cel src dst lastapp lastdata disposition billsec duration
rate rtt rxjitter txjitter rxcount txcount rlp lp ssrc themssrc rxmes txmes maxrtt minrtt avgrtt
stdevrtt hangupsource technology language output command follows will accepted authentication permission
dontcare static statechange reported hint hints report arg args docfu docfb ctset ctclear ttkk nodial
checkaction callee thanks fish route check hangupcall skiphu dialout predial hook elsewhere dlocal
skiptrace usegoto godial next docheck skipset apply sipheaders calltrace get variable informational
received session conf noauth ipv dialstatus one removed result rxlost minrxjitter maxrxjitter
avgrxjitter stdevrxjitter minrxlost maxrxlost avgrxlost stdevrxlost mintxjitter maxtxjitter
avgtxjitter stdevtxjitter mintxlost maxtxlost avgtxlost stdevtxlost minrxmes maxrxmes avgrxmes
stdevrxmes mintxmes maxtxmes avgtxmes stdevtxmes minjitter maxjitter avgjitter stdevjitter minlost
maxlost avglost stdevlost denied events event online statuses lists listed bridges fully booted cleanly options option
accept available priorities possible such object nosuch noregistered dialled dialed dialedpeername
dialedpeernumber dialedtime answeredtime connected connectedline
`;

const technical: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter((word) => word !== ""));

/**
 * Words of one or two Latin letters are options, languages and file types. A word of another script
 * is never technical.
 */
export const isTechnicalWord = (word: string): boolean =>
  /^[a-z]{1,2}$/i.test(word) || technical.has(word.toLowerCase());
