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

    /// <summary>Sends an operation in those of the forms that the client has subscribed to; a row or document is a message of its own.</summary>
    public void Forward(OperationDelivery delivery, OperationForms forms)
    {
        var operation = delivery.Operation;
        if (forms.HasFlag(OperationForms.Rows))
        {
            var device = operation.Device == _door.Device ? _terms.Serial : delivery.Name?.Value ?? operation.Device.ToString();
            foreach (var (template, row) in OperationRows.Of(_services.Interpreter.Templates, operation, device))
                Send(SubscribeKind.Static, template.TopicBytes, row);
        }
        if (!forms.HasFlag(OperationForms.Documents)) return;
        var document = new ArrayBufferWriter<byte>(512);
        OperationJson.Write(document, delivery, _door.Device ?? operation.Device, _services.Time.GetUtcNow());
        Send(SubscribeKind.JsonOperations, "devicecontrol/notifications"u8.ToArray(), document.WrittenMemory);
    }

    /// <summary>After SUBACK: what is pending follows the answer.</summary>
    private async Task BeginOperationsAsync(IReadOnlyList<Wanted> granted)
    {
        var forms = OperationForms.None;
        var isAgent = false;
        foreach (var filter in granted)
        {
            isAgent |= filter.Kind is SubscribeKind.Static or SubscribeKind.JsonOperations or SubscribeKind.DefaultCollection or SubscribeKind.Collection;
            forms |= filter.Kind switch
            {
                SubscribeKind.Static => OperationForms.Rows,
                SubscribeKind.JsonOperations => OperationForms.Documents,
                _ => OperationForms.None,
            };
        }
        if (isAgent && await _door.ExistsAsync() && _door.Device is { } device) await EnsureFeed().BeginAsync(device, forms);
    }

    private Task EndOperationsAsync()
    {
        lock (_sending)
            if (_subscriptions.HasAny(SubscribeKind.Static, SubscribeKind.JsonOperations, SubscribeKind.DefaultCollection, SubscribeKind.Collection))
                return Task.CompletedTask;
        return _feed?.StopAsync() ?? Task.CompletedTask;
    }

    private OperationFeed EnsureFeed() => _feed ??= new OperationFeed(this, _services);
}
