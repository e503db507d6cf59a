<?php
// A tag for each line that clients dial.
// The same without a script: "rules": [{ "when": { "did": "74951000101" }, "then": { "tags": ["office"] } }]
$tagOf = array(
    '74951000101' => 'office',
    '74951000102' => 'shop',
);

$did = $params['call_full']['did'];
if ($did !== null && isset($tagOf[$did])) {
    $params['tags'][] = $tagOf[$did];
}

return array(
    'state' => 'success',
    'data' => array(
        'custom_fields_values' => $params['custom_fields_values'],
        'name' => $params['name'],
        'responsible_user_id' => $params['responsible_user_id'],
        'tags' => $params['tags'],
    ),
);
