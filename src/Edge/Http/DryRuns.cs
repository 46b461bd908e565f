using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Http;

/// <summary><c>?dryRun=true</c>: a change that is only tried, and answered by what it would come to.</summary>
internal static class DryRuns
{
    private const string Parameter = "dryRun";

    /// <summary>Has the endpoint answer, or rehearses it. What cannot be rehearsed is refused: nobody who asks for a trial gets the change itself.</summary>
    public static Task ServeAsync(Route route, Exchange x)
    {
        if (!x.Request.QueryString.HasValue || !x.Request.Query.ContainsKey(Parameter) || HttpMethods.IsGet(route.Method)) return route.Endpoint(x);
        if (!route.Description.Reads(Parameter)) throw Refusal.Invalid(route.Subject, $"{Parameter} is not served for {route.Method} {route.Template}. Nothing was changed.");
        return IsTrial(route, x) ? RehearseAsync(route, x) : route.Endpoint(x);
    }

    // Once there is a word of a trial, it says plainly that it is one or that it is none: whoever asks for a trial must never get the change.
    private static bool IsTrial(Route route, Exchange x) => x.Request.Query[Parameter] is [{ } text] && bool.TryParse(text, out var isTrial)
        ? isTrial : throw Refusal.Invalid(route.Subject, $"{Parameter} must be given once, and be true or false. Nothing was changed.");

    private static async Task RehearseAsync(Route route, Exchange x)
    {
        Rehearsal.Begin();
        var effect = AccessEffect.None;
        try
        {
            x.IsDryRun = true;
            await route.Endpoint(x);
        }
        catch (Rehearsed rehearsed)
        {
            effect = rehearsed.Effect;
        }
        finally
        {
            x.IsDryRun = false;
            Rehearsal.End();
        }
        await x.AnswerAsync(MediaType.Plain, AccessEffectWire.From(effect, x.Links));
    }
}
