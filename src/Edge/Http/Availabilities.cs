using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Http;

/// <summary><c>/inventory/managedObjects/ID/availability</c>: a document, or to whoever asks for plain text the time alone.</summary>
internal static class Availabilities
{
    public static async Task ReadAsync(Exchange x)
    {
        var known = await x.ManagedObject(x.ObjectId()).Availability(x.Caller);
        if (!MediaType.IsPlainTextAsked(x.Request)) await x.AnswerAsync(MediaType.Plain, AvailabilityWire.From(known));
        else if (known.LastMessage is { } time) await x.AnswerTextAsync(WireTime.Text(time));
        else throw Refusal.NotFound("inventory", $"Managed object {known.Device} was never heard of.");
    }
}
