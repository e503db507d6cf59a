<?php
// Numbers abroad go by another way out: a context of the dialplan that dials through that trunk.
$contextOf = array(
    '00' => 'from-internal-abroad',
    '810' => 'from-internal-abroad',
);

foreach ($contextOf as $prefix => $context) {
    if (strpos($params['extension'], (string) $prefix) === 0) {
        $params['context'] = $context;
    }
}

return array(
    'state' => 'success',
    'data' => array(
        'caller_id' => $params['caller_id'],
        'channel' => $params['channel'],
        'context' => $params['context'],
        'extension' => $params['extension'],
        'priority' => $params['priority'],
        'request_data' => $params['request_data'],
    ),
);
