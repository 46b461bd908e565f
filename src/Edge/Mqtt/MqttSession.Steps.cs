using System.Buffers;
using System.Diagnostics;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Edge.Mqtt;

internal sealed partial class MqttSession
{
    private async Task CarryOutAsync(IReadOnlyList<IntakeStep> steps)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            switch (steps[i])
            {
                case IntakeStep.Publish publish:
                    await CarryOutAsync(publish.Step);
                    break;
                case IntakeStep.Subscribe subscribe:
                    await SubscribeAsync(subscribe);
                    break;
                case IntakeStep.Unsubscribe unsubscribe:
                    lock (_sending)
                        foreach (var kind in unsubscribe.Kinds)
                            _subscriptions.Remove(kind);
                    await EndOperationsAsync();
                    _output.Send(static (output, id) => PacketWriter.UnsubAck(output, id), unsubscribe.PacketId);
                    break;
                case IntakeStep.Release release:
                    _intake.Release(release.PacketId);
                    _output.Send(static (output, id) => PacketWriter.PubComp(output, id), release.PacketId);
                    break;
                case IntakeStep.Received received:
                    _output.Send(static (output, id) => PacketWriter.PubRel(output, id), received.PacketId);
                    break;
                case IntakeStep.Ping:
                    _output.Send(static (output, _) => PacketWriter.PingResp(output), 0);
                    break;
                case IntakeStep.Bootstrap bootstrap:
                    await HandOutCredentialsAsync(bootstrap);
                    break;
                case IntakeStep.Overreach:
                    await _door.AskInVainAsync();
                    break;
                case IntakeStep.Complaint complaint:
                    Complain(complaint.Error, complaint.Origin);
                    // One packet can hold thousands of bad rows.
                    await RoomAsync();
                    break;
            }
        }
    }

    /// <summary>Hands a step to its device. It is acknowledged when the store says so; refused rows are, too, with a line that says why.</summary>
    private async Task CarryOutAsync(PublishStep step)
    {
        var number = _acks.Open(step);
        BatchOutcome outcome;
        try
        {
            outcome = step.Rows.Count == 0 ? BatchOutcome.Durable : await ApplyAsync(step, number);
        }
        catch
        {
            _acks.GiveUp(number);
            throw;
        }
        try
        {
            foreach (var refused in outcome.Refused)
            {
                Complain(RowRefusals.Line(step.Origins[refused.Row].MessageId, refused), step.Origins[refused.Row]);
                await RoomAsync();
            }
            foreach (var reply in outcome.Replies) Reply(step.Rows[reply.Row], reply.Values);
            if (_feed is not null && step.Rows.Count > 0) await _feed.FollowAsync(_door.Device);
        }
        finally
        {
            // It is stored, whatever fails afterwards: a client that says it again would have it twice.
            if (outcome.IsDurable) Acknowledge(number);
        }
    }

    private void Acknowledge(long number)
    {
        _acks.Settle(number);
        _output.Flush();
    }

    /// <summary>One grain call, measured. What becomes durable later is the store's to measure.</summary>
    private async Task<BatchOutcome> ApplyAsync(PublishStep step, long number)
    {
        using var span = EdgeMetrics.Spans.StartActivity("mqtt publish", ActivityKind.Server);
        span?.SetTag("bailiwick.tenant", _terms.Caller.Tenant.Value).SetTag("bailiwick.device", _terms.Serial).SetTag("bailiwick.rows", step.Rows.Count);
        var outcome = await _door.ApplyAsync(step, new CommitTicket(_services.Sinks.SiloRun, _sink, number));
        EdgeMetrics.Rows.Add(step.Rows.Count);
        if (outcome.Refused.Count > 0) EdgeMetrics.RowsRefused.Add(outcome.Refused.Count);
        return outcome;
    }

    private async Task SubscribeAsync(IntakeStep.Subscribe subscribe)
    {
        var codes = new byte[subscribe.Filters.Count];
        var granted = new List<Wanted>(codes.Length);
        for (var i = 0; i < codes.Length; i++)
        {
            var (kind, qos) = subscribe.Filters[i];
            var isForBootstrap = kind is SubscribeKind.Credentials or SubscribeKind.Errors;
            if (_terms.IsBootstrap && !isForBootstrap) codes[i] = PacketWriter.NotGranted;
            else
            {
                var deviceExists = !NeedsDevice(kind) || await _door.ExistsAsync();
                codes[i] = new SubscribeFilter(kind).ReturnCode(qos, deviceExists);
            }
            if (codes[i] == PacketWriter.NotGranted) continue;
            lock (_sending) _subscriptions.Add(kind, qos);
            _feed?.Forget(FormOf(kind));
            granted.Add(subscribe.Filters[i]);
        }
        if (_terms.IsBootstrap && Array.IndexOf(codes, PacketWriter.NotGranted) >= 0) await _door.AskInVainAsync();
        _output.Send(static (output, answer) => PacketWriter.SubAck(output, answer.PacketId, answer.codes), (subscribe.PacketId, codes));
        await BeginOperationsAsync(granted);
    }

    private static bool NeedsDevice(SubscribeKind kind) => new SubscribeFilter(kind).NeedsDevice;

    private async Task HandOutCredentialsAsync(IntakeStep.Bootstrap bootstrap)
    {
        // Credentials are given once: without a subscription they would be lost.
        if (_subscriptions.HasAny(SubscribeKind.Credentials)
            && await _door.PollCredentialsAsync(bootstrap.SecurityToken) is { } credentials)
            Downlink(SubscribeKind.Credentials, _services.Interpreter.Templates.Response("70"),
                [credentials.Tenant.Value, credentials.UserName, credentials.Password]);
        // Nothing is open while it is asked for: a poll that fails leaves nothing that would have to be given up.
        Acknowledge(_acks.Open(bootstrap.Step));
    }

    private void Reply(DeviceCommand command, IReadOnlyList<string> values)
    {
        var templates = _services.Interpreter.Templates;
        switch (command)
        {
            case ForwardOperations:
                EnsureFeed().Forget(OperationForms.All);
                EnsureFeed().FetchAll(OperationForms.All);
                return;
            case TellPlatformVersion:
                values = [_services.Platform.Version];
                break;
            case ListTemplates:
                values = templates.Ids;
                break;
        }
        if (templates.ReplyTo(command) is { } template) Downlink(SubscribeKind.Static, template, values);
    }

    private void Downlink(SubscribeKind kind, ResponseTemplate template, IReadOnlyList<string> values)
    {
        var payload = new ArrayBufferWriter<byte>(64);
        CsvWriter.Response(payload, template, values);
        Send(kind, template.TopicBytes, payload.WrittenMemory);
    }

    private void Complain(RowError error, RowOrigin origin)
    {
        var payload = new ArrayBufferWriter<byte>(64);
        if (origin.IsJson)
        {
            JsonErrors.Write(payload, error, origin.PacketId);
            Send(SubscribeKind.JsonErrors, "error"u8.ToArray(), payload.WrittenMemory);
            return;
        }
        CsvWriter.ErrorLine(payload, error);
        Send(SubscribeKind.Errors, "s/e"u8.ToArray(), payload.WrittenMemory);
    }

    /// <summary>Sends to the client if it subscribed to the topic, at the quality it asked for; answers whether it did.</summary>
    private bool Send(SubscribeKind kind, byte[] topic, ReadOnlyMemory<byte> payload)
    {
        // Operations come from elsewhere than the session's own loop.
        lock (_sending)
        {
            if (!_subscriptions.TryGet(kind, out var qos)) return false;
            if (qos != Qos.AtMostOnce && ++_lastPacketId == 0) _lastPacketId = 1;
            _output.Send(
                static (output, message) => PacketWriter.Publish(output, message.topic, message.payload.Span, message.qos, message.id),
                (topic, payload, qos, id: qos == Qos.AtMostOnce ? (ushort)0 : _lastPacketId));
            return true;
        }
    }
}
