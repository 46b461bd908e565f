namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// What a load sent and what of it was acknowledged, kept outside the server. Each thing has a name that is used once in a run, so
/// that what a store shows afterwards can be told apart: acknowledged, only sent, or never sent by anybody.
/// </summary>
internal sealed class Journal
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _objects = [];
    private readonly Dictionary<string, string> _externalIds = [];
    private readonly Dictionary<string, string> _records = [];
    private readonly Dictionary<string, string> _events = [];
    private readonly Dictionary<string, string> _alarms = [];
    private readonly Dictionary<(string Source, string Type), (int Sent, int Acknowledged)> _raised = [];
    private readonly HashSet<string> _users = [];
    private readonly Dictionary<string, string> _operations = [];
    private readonly HashSet<string> _waiting = [];
    private readonly HashSet<string> _takenUp = [];
    private readonly HashSet<(string Source, long Value)> _sent = [];
    private readonly HashSet<(string Source, long Value)> _values = [];
    private readonly HashSet<long> _messages = [];
    private readonly List<string> _surprises = [];
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _awaited = int.MaxValue;
    private long _value;
    private int _acknowledged;

    /// <summary>Ids of managed objects that were acknowledged, with the name that each was made with.</summary>
    public IReadOnlyDictionary<string, string> Objects => _objects;

    /// <summary>External ids that were acknowledged, with the object that each stands for.</summary>
    public IReadOnlyDictionary<string, string> ExternalIds => _externalIds;

    /// <summary>Ids of audit records that were acknowledged, with the text of each.</summary>
    public IReadOnlyDictionary<string, string> Records => _records;

    /// <summary>Ids of events that were acknowledged, with the text of each as it was acknowledged last.</summary>
    public IReadOnlyDictionary<string, string> Events => _events;

    /// <summary>Ids of alarms that were acknowledged, with the status of each as it was acknowledged last.</summary>
    public IReadOnlyDictionary<string, string> Alarms => _alarms;

    /// <summary>How often each alarm that is raised again and again was: at most and at least.</summary>
    public IReadOnlyDictionary<(string Source, string Type), (int Sent, int Acknowledged)> Raised => _raised;

    public IReadOnlySet<string> Users => _users;

    /// <summary>Ids of operations that were acknowledged, with the status that each had last by an acknowledgement.</summary>
    public IReadOnlyDictionary<string, string> Operations => _operations;

    /// <summary>Ids of operations of the agent that were acknowledged, and that it never tried to take up.</summary>
    public IReadOnlySet<string> Waiting => _waiting;

    /// <summary>Those that it took up, and was told so.</summary>
    public IReadOnlySet<string> TakenUp => _takenUp;

    /// <summary>Measured values that were acknowledged.</summary>
    public IReadOnlySet<(string Source, long Value)> Values => _values;

    /// <summary>Messages of devices that were acknowledged, each by its first value.</summary>
    public IReadOnlySet<long> Messages => _messages;

    /// <summary>Measured values that were sent, acknowledged or not.</summary>
    public IReadOnlySet<(string Source, long Value)> Sent => _sent;

    /// <summary>Answers that a server that is up must not give.</summary>
    public IReadOnlyList<string> Surprises => _surprises;

    public int Acknowledged => _acknowledged;

    /// <summary>Completes when so many acknowledgements were noted, or a surprise. One at a time.</summary>
    public Task ReachedAsync(int acknowledged)
    {
        lock (_lock)
        {
            (_awaited, _reached) = (acknowledged, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return _reached.Task;
        }
    }

    /// <summary>Numbers that nobody used before, noted as sent from this source; answers the first.</summary>
    public long Send(string source, int count)
    {
        lock (_lock)
        {
            var first = _value;
            for (; _value < first + count; _value++) _sent.Add((source, _value));
            return first;
        }
    }

    public void AcknowledgeValues(string source, long first, int count) => Note(() =>
    {
        for (var value = first; value < first + count; value++) _values.Add((source, value));
    });

    public void AcknowledgeMessage(string source, long first, int count)
    {
        lock (_lock) _messages.Add(first);
        AcknowledgeValues(source, first, count);
    }

    public void AcknowledgeObject(string id, string name) => Note(() => Once(_objects.TryAdd(id, name), $"object id {id} was given out twice"));

    public void AcknowledgeExternalId(string externalId, string id) => Note(() => _externalIds.Add(externalId, id));

    public void AcknowledgeRecord(string id, string text) => Note(() => Once(_records.TryAdd(id, text), $"audit record id {id} was given out twice"));

    public void AcknowledgeEvent(string id, string text) => Note(() => _events[id] = text);

    public void AcknowledgeAlarm(string id, string status) => Note(() => _alarms[id] = status);

    /// <summary>Notes that an alarm is about to be raised, perhaps again.</summary>
    public void Raise(string source, string type)
    {
        lock (_lock) Count(source, type, sent: 1, acknowledged: 0);
    }

    public void AcknowledgeRaised(string source, string type) => Note(() => Count(source, type, sent: 0, acknowledged: 1));

    public void AcknowledgeUser(string name) => Note(() => _users.Add(name));

    public void AcknowledgeOperation(string id, string status) => Note(() => _operations[id] = status);

    public void AcknowledgeTakenUp(string id, string status) => Note(() =>
    {
        _operations[id] = status;
        _takenUp.Add(id);
    });

    public void AcknowledgeWaiting(string id) => Note(() =>
    {
        _operations[id] = "PENDING";
        _waiting.Add(id);
    });

    /// <summary>Notes that the agent is about to take an operation up, or to end it.</summary>
    public void TakeUp(string id)
    {
        lock (_lock) _waiting.Remove(id);
    }

    public void Surprise(string what)
    {
        Note(() => _surprises.Add(what), acknowledged: 0);
    }

    private void Count(string source, string type, int sent, int acknowledged)
    {
        var before = _raised.GetValueOrDefault((source, type));
        _raised[(source, type)] = (before.Sent + sent, before.Acknowledged + acknowledged);
    }

    private void Once(bool isFirst, string otherwise)
    {
        if (!isFirst) _surprises.Add(otherwise);
    }

    private void Note(Action note, int acknowledged = 1)
    {
        lock (_lock)
        {
            note();
            _acknowledged += acknowledged;
            if (_acknowledged >= _awaited || _surprises.Count > 0) _reached.TrySetResult();
        }
    }
}
