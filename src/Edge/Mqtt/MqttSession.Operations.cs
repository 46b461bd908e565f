using System.Buffers;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Mqtt;

internal sealed partial class MqttSession
{
    private OperationFeed? _feed;

    /// <summary>What brings it operations; null as long as it asked for none.</summary>
    public OperationFeed? Feed => _feed;

    /// <summary>Completes when the peer has taken enough of what was sent.</summary>
    public Task HasRoomAsync() => _output.RoomAsync();

    /// <summary>Sends an operation in those of the forms that the client has subscribed to, and answers which; a row or document is a message of its own.</summary>
    public OperationForms Forward(OperationDelivery delivery, OperationForms forms)
    {
        var sent = OperationForms.None;
        if (forms.HasFlag(OperationForms.Rows) && ForwardRows(delivery)) sent |= OperationForms.Rows;
        if (forms.HasFlag(OperationForms.Documents) && ForwardDocument(delivery)) sent |= OperationForms.Documents;
        return sent;
    }

    private bool ForwardRows(OperationDelivery delivery)
    {
        var operation = delivery.Operation;
        var device = operation.Device == _door.Device ? _terms.Serial : delivery.Name?.Value ?? operation.Device.ToString();
        var isSent = IsSubscribed(SubscribeKind.Static);
        foreach (var (template, row) in OperationRows.Of(_services.Interpreter.Templates, operation, device))
            isSent &= Send(SubscribeKind.Static, template.TopicBytes, row);
        return isSent;
    }

    private bool ForwardDocument(OperationDelivery delivery)
    {
        if (!IsSubscribed(SubscribeKind.JsonOperations)) return false;
        var document = new ArrayBufferWriter<byte>(512);
        OperationJson.Write(document, delivery, _door.Device ?? delivery.Operation.Device, _services.Time.GetUtcNow());
        return Send(SubscribeKind.JsonOperations, "devicecontrol/notifications"u8.ToArray(), document.WrittenMemory);
    }

    /// <summary>After SUBACK: what is pending follows the answer.</summary>
    private async Task BeginOperationsAsync(IReadOnlyList<Wanted> granted)
    {
        var forms = granted.Aggregate(OperationForms.None, (all, filter) => all | FormOf(filter.Kind));
        if (forms != OperationForms.None && await _door.ExistsAsync() && _door.Device is { } device) await EnsureFeed().BeginAsync(device, forms);
    }

    private bool IsSubscribed(SubscribeKind kind)
    {
        lock (_sending) return _subscriptions.HasAny(kind);
    }

    private static OperationForms FormOf(SubscribeKind kind) => kind switch
    {
        SubscribeKind.Static => OperationForms.Rows,
        SubscribeKind.JsonOperations => OperationForms.Documents,
        _ => OperationForms.None,
    };

    private Task EndOperationsAsync()
    {
        lock (_sending)
            if (_subscriptions.HasAny(SubscribeKind.Static, SubscribeKind.JsonOperations)) return Task.CompletedTask;
        return _feed?.StopAsync() ?? Task.CompletedTask;
    }

    private OperationFeed EnsureFeed() => _feed ??= new OperationFeed(this, _services);
}
